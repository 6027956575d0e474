-- Ends another store's session: its JSON string, or what a takeover has made of it.
-- KEYS[1] the string
-- Reply   1; 0 when there was none

local key = KEYS[1]
local kind = redis.call('TYPE', key).ok
if kind == 'string' or kind == 'hash' and redis.call('HEXISTS', key, 'sojourn:claim') == 1 then
  return redis.call('DEL', key)
end
return 0
