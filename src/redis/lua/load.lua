-- Reads a session for a drop-in, and refreshes it unless it ends with its cookie.
-- KEYS[1] the session
-- Reply   field, value … ; nil when absent; {successor, handover} when rotated

local key = KEYS[1]
local session, elsewhere = liveSession(key)
if not session then return elsewhere end
if redis.call('HEXISTS', key, 'sojourn:fixed') == 0 then refresh(key, session) end
return redis.call('HGETALL', key)
