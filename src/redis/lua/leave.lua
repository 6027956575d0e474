-- Takes a session out of an index.
-- KEYS[1] the index
-- ARGV    name; the order with which it was seen there, or '' for any
-- Reply   how many entries were removed

if ARGV[2] ~= '' and redis.call('ZSCORE', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
return redis.call('ZREM', KEYS[1], ARGV[1])
