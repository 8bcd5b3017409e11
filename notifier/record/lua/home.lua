-- Whom deliveries were planned for. Stands in front of the scripts that send them there (settle, desk, divert). Keys: see plan.lua.

-- ... and its fields of that name, or false, and whom it queues for.
local function home_of(channel, name, provider)
  return channel and channel .. ':' .. (name or '') or provider
end

-- It queues there again.
local function go_home(delivery, home)
  redis.call('HDEL', delivery, 'channel', 'name')
  redis.call('HSET', delivery, 'provider', home)
end

-- It queues for another, a fallback.
local function go_abroad(delivery, home, to)
  redis.call('HSET', delivery, 'channel', home:match('^[^:]*'), 'name', home:match(':(.*)'), 'provider', to)
end
