-- Holds the name of a session that is to be taken over from another store.
-- KEYS[1] the session to be
-- ARGV    a nonce; milliseconds for which the name is held
-- Reply   the nonce under which it is held now; nil when something else is there

local key = KEYS[1]
if redis.call('EXISTS', key) == 0 then
  redis.call('HSET', key, 'sojourn:pending', ARGV[1])
  redis.call('PEXPIRE', key, ARGV[2])
end
local held = redis.pcall('HGET', key, 'sojourn:pending')
return type(held) == 'string' and held or nil
