-- Reads a session without refreshing it, and says until when that holds if nobody changes it: for the local cache.
-- KEYS[1] the session
-- Reply   {milliseconds since 1970, milliseconds left, {field, value …, key} as JSON}; nil when absent;
--         {successor, handover} when rotated

local key = KEYS[1]
local session, elsewhere, flat = liveFlat(key)
if not session then return elsewhere end

local left = redis.call('PTTL', key)
if left == -1 then
  if not expire(key, session) then return nil end
  left = redis.call('PTTL', key)
end
flat[#flat + 1] = key
return { string.format('%.0f', now()), left, cjson.encode(flat) }
