-- Sets and removes fields of a live session, may give it a new idle TTL, and refreshes it; but fields alone do not keep a
-- session longer that ends with its cookie.
-- KEYS[1] the session
-- ARGV    the present, guessed: second, timestamp; new idle TTL in seconds or ''; most fields; most bytes; what the writer
--         saw; how many names to remove; those names; field, value …
-- Reply   how many fields were removed, or {that, 'capped', ''} when its index entries keep the session from living as
--         long as its TTL says; nil when absent; {successor, handover} when rotated; a negative refusal

local key, newTtl, count = KEYS[1], ARGV[3], #ARGV
local firstField = 8 + tonumber(ARGV[7])
local names = { ARGV[firstField] }
for i = firstField + 2, math.min(count, firstField + MANY / 2), 2 do names[#names + 1] = ARGV[i] end
local session, elsewhere, stored = liveSession(key, 'sojourn:fixed', unpack(names))
if not session then return elsewhere end
if ARGV[6] ~= '' and seldom().conflicts(key, ARGV[6]) then return CONFLICT end

if count >= firstField then
  local grows = false
  for i = firstField, count, 2 do
    local was = stored[FIRST_EXTRA + 1 + (i - firstField) / 2]
    grows = grows or not was or #was < #ARGV[i + 1]
  end
  -- What makes nothing new or longer need not be counted, and for that all fields would have to be fetched.
  if grows then
    local fields = seldom().fieldsOf(key)
    for i = 8, firstField - 1 do fields[ARGV[i]] = nil end
    for i = firstField, count, 2 do fields[ARGV[i]] = ARGV[i + 1] end
    local refusal = seldom().refuse(fields, ARGV[4], ARGV[5])
    if refusal then return refusal end
  end
  session.accessed = timestamp()
  for first = firstField, count, MANY do
    local last = math.min(first + MANY - 1, count)
    redis.call('HSET', key, 'last_accessed_at', session.accessed, unpack(ARGV, first, last))
  end
end

local removed = 0
for first = 8, firstField - 1, MANY do
  removed = removed + redis.call('HDEL', key, unpack(ARGV, first, math.min(first + MANY, firstField) - 1))
end

if newTtl ~= '' and newTtl ~= session.ttl then
  redis.call('HSET', key, 'session_ttl', newTtl)
  session.ttl = newTtl
end
local use = stored[FIRST_EXTRA] and newTtl == '' and count > 7 and access or refresh
use(key, session)
if session.isCapped then return { removed, 'capped', '' } end
return removed
