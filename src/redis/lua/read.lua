-- Reads a session and, unless told otherwise, refreshes it. Fetches all fields at once: this is the call that counts.
-- KEYS[1] the session
-- ARGV    the present, guessed: second, timestamp; '1' to refresh, '0' not to, 'unfixed' to refresh unless it ends with its
--         cookie
-- Reply   {field, value …} as JSON, which is less work for Redis and the client than a list of as many replies;
--         nil when absent; {successor, handover} when rotated

local key = KEYS[1]
local flat = redis.pcall('HGETALL', key)
if isAbsent(flat) then return nil end

local own = {}
local ttl, created, accessed, accessedAt
for i = 1, #flat, 2 do
  local field = flat[i]
  if field == 'session_ttl' then
    ttl = flat[i + 1]
  elseif field == 'created_at' then
    created = flat[i + 1]
  elseif field == 'last_accessed_at' then
    accessedAt = i + 1
    accessed = flat[accessedAt]
  elseif string.sub(field, 1, 8) == 'sojourn:' then
    own[field] = flat[i + 1]
  end
end
local session, elsewhere = judge(key, ttl, created, accessed,
  own['sojourn:deadline'], own['sojourn:successor'], own['sojourn:handover'], own['sojourn:indexed_until'])
if not session then return elsewhere end

if ARGV[3] == '1' or (ARGV[3] == 'unfixed' and not own['sojourn:fixed']) then flat[accessedAt] = refresh(key, session) end
return cjson.encode(flat)
