-- Reads a session and, unless told otherwise, refreshes it. Fetches all fields at once: this is the call that counts.
-- KEYS[1] the session
-- ARGV    the present, guessed: second, timestamp; '1' to refresh, '0' not to, 'unfixed' to refresh unless it ends with its
--         cookie
-- Reply   {field, value …, key} as JSON, which is less work for Redis and the client than a list of as many replies; the
--         key, so that an answer to someone else's question is never taken for one's own; nil when absent; {successor, handover} when rotated

local key = KEYS[1]
local session, elsewhere, flat = liveFlat(key)
if not session then return elsewhere end
if ARGV[3] == '1' or (ARGV[3] == 'unfixed' and not session.fixed) then
  local accessed = refresh(key, session)
  if not accessed then return nil end
  flat[session.accessedAt] = accessed
end
flat[#flat + 1] = key
return cjson.encode(flat)
