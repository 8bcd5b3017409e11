-- Whose turn it is to sweep: one's per tick. Keys: see plan.lua.  ARGV: the tick (ms).  Returns 1 (yours) or 0.
local sweep = KEYS[1] .. 'sweep'
if redis.call('EXISTS', sweep) == 1 then return 0 end
-- A full Redis lets nobody write who hasn't erased something first; what a sweep takes back and gives up makes room.
redis.call('DEL', sweep)
redis.call('SET', sweep, '1', 'PX', ARGV[1])
return 1
