-- Sets and removes fields of a live session, may give it a new idle TTL, and refreshes it.
-- KEYS[1] the session
-- ARGV    new idle TTL in seconds or ''; most fields; most bytes; how many names to remove; those names; field, value …
-- Reply   how many fields were removed; nil when absent; {successor, handover} when rotated; a negative refusal

local key = KEYS[1]
local session, elsewhere = find(key)
if not session then return elsewhere end

local firstField = 5 + tonumber(ARGV[4])
if #ARGV >= firstField then
  local fields = fieldsOf(key)
  for i = 5, firstField - 1 do fields[ARGV[i]] = nil end
  for i = firstField, #ARGV, 2 do fields[ARGV[i]] = ARGV[i + 1] end
  local refusal = refuse(fields, tonumber(ARGV[2]), tonumber(ARGV[3]))
  if refusal then return refusal end
  local flat = {}
  for i = firstField, #ARGV do flat[#flat + 1] = ARGV[i] end
  setFields(key, flat)
end

local removed = 0
if firstField > 5 then removed = redis.call('HDEL', key, unpack(ARGV, 5, firstField - 1)) end

if ARGV[1] ~= '' then
  redis.call('HSET', key, 'session_ttl', ARGV[1])
  session.ttl = tonumber(ARGV[1])
end
refresh(key, session)
return removed
