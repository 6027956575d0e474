-- Adds to a field of a live session and refreshes it.
-- KEYS[1] the session
-- ARGV    the present, guessed: second, timestamp; most fields; most bytes; what the writer saw; field; amount
-- Reply   the new value as a string, or {that, 'capped', ''} as of write.lua; nil when absent; {successor, handover} when
--         rotated; a negative refusal

local key, field = KEYS[1], ARGV[6]
local session, elsewhere, stored = liveSession(key, field, 'sojourn:fixed')
if not session then return elsewhere end
if ARGV[5] ~= '' and seldom().conflicts(key, ARGV[5]) then return CONFLICT end

if not stored[FIRST_EXTRA] then
  local fields = seldom().fieldsOf(key)
  fields[field] = ARGV[7]
  local refusal = seldom().refuse(fields, ARGV[3], ARGV[4])
  if refusal then return refusal end
end

local reply = redis.pcall('HINCRBY', key, field, ARGV[7])
if type(reply) == 'table' and reply.err then
  if string.find(reply.err, 'not an integer', 1, true) then return NOT_AN_INTEGER end
  if string.find(reply.err, 'overflow', 1, true) then return OVERFLOW end
  return reply
end
-- A session that ends with its cookie ends when that does.
local use = stored[FIRST_EXTRA + 1] and access or refresh
use(key, session)
-- Lua's numbers are not exact beyond that.
local value = reply > -MAX_EXACT and reply < MAX_EXACT and string.format('%.0f', reply) or redis.call('HGET', key, field)
if session.isCapped then return { value, 'capped', '' } end
return value
