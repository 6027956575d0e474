-- Everything under a name, whatever its state, for those who walk an index.
-- KEYS[1] the session
-- Reply   {milliseconds left, the time in milliseconds, field, value …}; nil when there is no hash

local key = KEYS[1]
local flat = redis.pcall('HGETALL', key)
if flat.err then
  if string.find(flat.err, 'WRONGTYPE', 1, true) then return nil end
  return flat
end
if #flat == 0 then return nil end
table.insert(flat, 1, string.format('%.0f', now()))
table.insert(flat, 1, string.format('%.0f', redis.call('PTTL', key)))
return flat
