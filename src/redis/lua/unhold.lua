-- Gives back a name that was held for a session which turns out to have ended.
-- KEYS[1] the session that is not to be
-- ARGV    the nonce under which it was held
-- Reply   1; 0 when the name is not held under that nonce any more

local key = KEYS[1]
if redis.pcall('HGET', key, 'sojourn:pending') ~= ARGV[1] then return 0 end
return redis.call('DEL', key)
