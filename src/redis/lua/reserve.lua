-- Holds a free name for a session about to live.
-- KEYS[1] the session to be
-- ARGV    milliseconds for which the name is held
-- Reply   1; 0 when the name is taken

if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'sojourn:pending', '1')
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
