-- A page of an index, newest first.
-- KEYS[1] the index
-- ARGV    the highest order to list, or '+inf'; how many
-- Reply   name, order …

local flat = redis.call('ZREVRANGEBYSCORE', KEYS[1], ARGV[1], '-inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local page = {}
for i = 1, #flat, 2 do
  if flat[i] ~= '@epoch' then
    page[#page + 1] = flat[i]
    page[#page + 1] = flat[i + 1]
  end
end
return page
