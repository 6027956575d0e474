-- Brings a held name to life with the fields that were claimed for it, once.
-- KEYS[1] the session
-- ARGV    the present, guessed: second, timestamp; the nonce of the claim; milliseconds left;
--         field, value … with session_ttl among them
-- Reply   1; 0 when the name is not held under that nonce any more

local key = KEYS[1]
local held = redis.pcall('HGET', key, 'sojourn:pending')
if held ~= ARGV[3] then return 0 end

local at = timestamp()
local flat = { 'created_at', at, 'last_accessed_at', at }
for i = 5, #ARGV do flat[#flat + 1] = ARGV[i] end
redis.call('DEL', key)
setFields(key, flat)
redis.call('PEXPIRE', key, ARGV[4])
return 1
