-- Holds a free name for a session about to live.
-- KEYS[1] the session to be
-- ARGV    milliseconds for which the name is held; its index entries as JSON, or ''; the name that it succeeds, or ''
-- Reply   the time in milliseconds; 0 when the name is taken

local key = KEYS[1]
if redis.call('EXISTS', key) == 1 then return 0 end
redis.call('HSET', key, 'sojourn:pending', ARGV[3])
if ARGV[2] ~= '' then redis.call('HSET', key, 'sojourn:indexed', ARGV[2]) end
redis.call('PEXPIRE', key, ARGV[1])
return now()
