-- Reads a session and, unless told otherwise, refreshes it.
-- KEYS[1] the session
-- ARGV    '1' to refresh, else '0'
-- Reply   field, value … ; nil when absent; {successor, handover} when rotated

local key = KEYS[1]
local session, elsewhere = find(key)
if not session then return elsewhere end
if ARGV[1] == '1' then refresh(key, session) end
return redis.call('HGETALL', key)
