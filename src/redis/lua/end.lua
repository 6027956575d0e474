-- Ends a session.
-- KEYS[1] the session
-- Reply   1; 0 when there was no live session (whatever else a hash held there is removed too);
--         {successor, handover} when rotated

local key = KEYS[1]
local session, elsewhere = find(key)
if elsewhere then return elsewhere end
if session then return redis.call('DEL', key) end
if redis.call('TYPE', key).ok == 'hash' then redis.call('DEL', key) end
return 0
