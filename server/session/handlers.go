package session

import "github.com/cachegopher/cachegopher/internal/wire"

// respHandlers binds the names of the command table to what they do.
func respHandlers() map[string]func(*call) {
	return map[string]func(*call){
		"GET": cmdGet, "SET": cmdSet, "SETNX": cmdSetNX, "SETEX": cmdSetEx, "PSETEX": cmdPSetEx,
		"GETSET": cmdGetSet, "GETDEL": cmdGetDel, "GETEX": cmdGetEx, "MGET": cmdMGet, "MSET": cmdMSet,
		"MSETNX": cmdMSetNX, "APPEND": cmdAppend, "STRLEN": cmdStrLen, "GETRANGE": cmdGetRange,
		"SUBSTR": cmdGetRange, "SETRANGE": cmdSetRange, "INCR": cmdIncr, "DECR": cmdDecr,
		"INCRBY": cmdIncrBy, "DECRBY": cmdDecrBy, "INCRBYFLOAT": cmdIncrByFloat, "DELIFEQ": cmdDelIfEq,

		"DEL": cmdDel, "UNLINK": cmdDel, "EXISTS": cmdExists, "TOUCH": cmdTouch, "TYPE": cmdType,
		"RENAME": cmdRename, "RENAMENX": cmdRenameNX, "COPY": cmdCopy, "EXPIRE": cmdExpire,
		"PEXPIRE": cmdPExpire, "EXPIREAT": cmdExpireAt, "PEXPIREAT": cmdPExpireAt,
		"EXPIRETIME": cmdExpireTime, "PEXPIRETIME": cmdPExpireTime, "TTL": cmdTTL, "PTTL": cmdPTTL,
		"PERSIST": cmdPersist, "KEYS": cmdKeys, "SCAN": cmdScan, "RANDOMKEY": cmdRandomKey, "OBJECT": cmdObject,

		"PING": cmdPing, "ECHO": cmdEcho, "SELECT": cmdSelect, "HELLO": cmdHello, "AUTH": cmdAuth, "ACL": cmdACL,
		"RESET": cmdReset, "QUIT": cmdQuit, "CLIENT": cmdClient,

		"MULTI": cmdMulti, "EXEC": cmdExec, "DISCARD": cmdDiscard,

		"DBSIZE": cmdDBSize, "FLUSHALL": cmdFlush, "FLUSHDB": cmdFlush, "TIME": cmdTime, "INFO": cmdInfo,
		"CONFIG": cmdConfig, "COMMAND": cmdCommand, "MEMORY": cmdMemory, "SLOWLOG": cmdSlowlog,
		"LATENCY": cmdLatency, "DEBUG": cmdDebug, "CLUSTER": cmdCluster, "READONLY": withoutCluster, "READWRITE": withoutCluster, "ASKING": withoutCluster, "MODULE": cmdModule,
		"ROLE": cmdRole, "WAIT": cmdWait, "REPLICA": cmdReplica,
	}
}

func cmdModule(c *call) {
	switch {
	case c.is(1, "LIST") && len(c.args) == 2:
		c.out = wire.Array(c.out, 0)
	case c.is(1, "LIST"):
		c.wrongArgs("module|list")
	default:
		c.unknownSub("MODULE")
	}
}
