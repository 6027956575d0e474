-- Sets and removes fields of a live session, may give it a new idle TTL, and refreshes it.
-- KEYS[1] the session
-- ARGV    new idle TTL in seconds or ''; most fields; most bytes; what the writer saw; how many names to remove; those
--         names; field, value …
-- Reply   how many fields were removed; nil when absent; {successor, handover} when rotated; a negative refusal

local key = KEYS[1]
local session, elsewhere = liveSession(key)
if not session then return elsewhere end
if conflicts(key, ARGV[4]) then return CONFLICT end

local firstField = 6 + tonumber(ARGV[5])
if #ARGV >= firstField then
  local fields = fieldsOf(key)
  for i = 6, firstField - 1 do fields[ARGV[i]] = nil end
  for i = firstField, #ARGV, 2 do fields[ARGV[i]] = ARGV[i + 1] end
  local refusal = refuse(fields, tonumber(ARGV[2]), tonumber(ARGV[3]))
  if refusal then return refusal end
  local flat = {}
  for i = firstField, #ARGV do flat[#flat + 1] = ARGV[i] end
  setFields(key, flat)
end

local removed = 0
if firstField > 6 then removed = redis.call('HDEL', key, unpack(ARGV, 6, firstField - 1)) end

if ARGV[1] ~= '' then
  redis.call('HSET', key, 'session_ttl', ARGV[1])
  session.ttl = tonumber(ARGV[1])
end
refresh(key, session)
return removed
