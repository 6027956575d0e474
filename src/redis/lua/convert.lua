-- Makes a session of another store's JSON string in its own place, and keeps its TTL.
-- KEYS[1] the string, and then the session
-- ARGV    the present, guessed: second, timestamp; the string as it was read; milliseconds to live if it has no
--         TTL; field, value … with session_ttl among them
-- Reply   1; 0 when something else is there by now

local key = KEYS[1]
if redis.call('TYPE', key).ok ~= 'string' or redis.call('GET', key) ~= ARGV[3] then return 0 end

local left = redis.call('PTTL', key)
if left < 0 then left = ARGV[4] end
local at = timestamp()
local flat = { 'created_at', at, 'last_accessed_at', at }
for i = 5, #ARGV do flat[#flat + 1] = ARGV[i] end
redis.call('DEL', key)
setFields(key, flat)
redis.call('PEXPIRE', key, left)
return 1
