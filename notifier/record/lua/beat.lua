-- A worker says that it is there. Keys: see plan.lua.  ARGV: name time-to-live(ms) report
local P = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ttl = tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', P .. 'workers', '-inf', now)
redis.call('ZADD', P .. 'workers', now + ttl, ARGV[1])
redis.call('PEXPIRE', P .. 'workers', ttl)
redis.call('SET', P .. 'worker:' .. ARGV[1], ARGV[3], 'PX', ttl)
return 1
