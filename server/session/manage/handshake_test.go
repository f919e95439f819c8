package manage_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cachegopher/cachegopher/lru"
	"github.com/cachegopher/cachegopher/server/session/dialecttest"
)

// asked is a request and the required reply. A reply in slashes is a regular expression.
type asked struct {
	request []string
	reply   string
}

func ask(reply string, request ...string) asked { return asked{request, reply} }

const (
	hello2 = `/^\*14\r\n\$6\r\nserver\r\n\$5\r\nredis\r\n\$7\r\nversion\r\n\$5\r\n7\.2\.0\r\n\$5\r\nproto\r\n:2\r\n\$2\r\nid\r\n:\d+\r\n` +
		`\$4\r\nmode\r\n\$10\r\nstandalone\r\n\$4\r\nrole\r\n\$6\r\nmaster\r\n\$7\r\nmodules\r\n\*0\r\n$/`
	noCluster = "-ERR This instance has cluster support disabled\r\n"
)

var hello3 = strings.NewReplacer(`^\*14`, `^%7`, "proto\\r\\n:2", "proto\\r\\n:3").Replace(hello2)

// handshakes are the first requests of real clients and tools, and the replies that these require.
var handshakes = []struct {
	client string
	asked  []asked
}{
	{"HELLO, all forms", []asked{
		ask(hello2, "HELLO"),
		ask(hello2, "HELLO", "2"),
		ask(hello3, "HELLO", "3"),
		ask(hello3, "hello"),
		ask("-NOPROTO unsupported protocol version\r\n", "HELLO", "4"),
		ask("-NOPROTO unsupported protocol version\r\n", "HELLO", "1"),
		ask("-ERR Protocol version is not an integer or out of range\r\n", "HELLO", "x"),
		ask(hello3, "HELLO", "3", "AUTH", "default", "any", "SETNAME", "me"),
		ask("$2\r\nme\r\n", "CLIENT", "GETNAME"),
		ask("-WRONGPASS invalid username-password pair or user is disabled.\r\n", "HELLO", "3", "AUTH", "bob", "x"),
		ask("-ERR Syntax error in HELLO option 'NOSUCH'\r\n", "HELLO", "3", "NOSUCH"),
		ask("-ERR Client names cannot contain spaces, newlines or special characters.\r\n", "HELLO", "2", "SETNAME", "a b"),
		ask("_\r\n", "GET", "none"),
	}},
	{"CLIENT SETINFO", []asked{
		ask("+OK\r\n", "CLIENT", "SETINFO", "LIB-NAME", "mine"),
		ask("+OK\r\n", "client", "setinfo", "lib-ver", "1.2"),
		ask("/ lib-name=mine lib-ver=1.2\n\r\n$/", "CLIENT", "INFO"),
		ask("-ERR lib-name cannot contain spaces, newlines or special characters.\r\n", "CLIENT", "SETINFO", "LIB-NAME", "a b"),
		ask("-ERR Unrecognized option 'LIB-X'\r\n", "CLIENT", "SETINFO", "LIB-X", "y"),
		ask("+OK\r\n", "CLIENT", "NO-TOUCH", "ON"),
	}},
	{"go-redis", []asked{
		ask(hello3, "HELLO", "3"),
		ask("+OK\r\n", "CLIENT", "SETINFO", "LIB-NAME", "go-redis(,go1.26)"),
		ask("+OK\r\n", "CLIENT", "SETINFO", "LIB-VER", "9.7.0"),
		ask("-ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP.\r\n", "CLIENT", "MAINT_NOTIFICATIONS", "ON"),
		ask("-ERR unknown subcommand 'TRACKING'. Try CLIENT HELP.\r\n", "CLIENT", "TRACKING", "ON"),
	}},
	{"ioredis", []asked{
		ask(`/^\$\d+\r\n# Server\r\n(?s:.*)\r\nloading:0\r\n/`, "INFO"),
	}},
	{"StackExchange.Redis", []asked{
		ask("+OK\r\n", "CLIENT", "SETNAME", "web-1"),
		ask("/^:\\d+\r\n$/", "CLIENT", "ID"),
		ask("*2\r\n$7\r\ntimeout\r\n$1\r\n0\r\n", "CONFIG", "GET", "timeout"),
		ask("*2\r\n$15\r\nslave-read-only\r\n$3\r\nyes\r\n", "CONFIG", "GET", "slave-read-only"),
		ask("*2\r\n$17\r\nreplica-read-only\r\n$3\r\nyes\r\n", "CONFIG", "GET", "replica-read-only"),
		ask("*2\r\n$9\r\ndatabases\r\n$1\r\n1\r\n", "CONFIG", "GET", "databases"),
		ask(`/^\$\d+\r\n# Replication\r\nrole:master\r\n/`, "INFO", "replication"),
		ask(`/\r\nredis_version:7\.2\.0\r\n(?s:.*)redis_mode:standalone\r\n(?s:.*)\r\nrun_id:[0-9a-f]{40}\r\n/`, "INFO", "server"),
		ask(noCluster, "CLUSTER", "NODES"),
		ask("$15\r\n\x00\x01\xff\r\n\xfe\x80abcdefgh\r\n", "ECHO", "\x00\x01\xff\r\n\xfe\x80abcdefgh"),
		ask("/^-ERR unknown command 'SENTINEL', with args beginning with: 'MASTERS' \r\n$/", "SENTINEL", "MASTERS"),
	}},
	{"rueidis", []asked{
		ask(hello3, "HELLO", "3"),
		ask("-ERR unknown subcommand 'TRACKING'. Try CLIENT HELP.\r\n", "CLIENT", "TRACKING", "ON", "OPTIN"),
		ask(noCluster, "CLUSTER", "SLOTS"),
		ask(noCluster, "CLUSTER", "SHARDS"),
	}},
	{"redis_exporter", []asked{
		ask("+OK\r\n", "CLIENT", "SETNAME", "redis_exporter"),
		ask(`/\r\n# Commandstats\r\ncmdstat_client:calls=\d+,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=0,failed_calls=0\r\n/`, "INFO", "ALL"),
		ask(`/^\*\d+\r\n\$9\r\nmaxmemory\r\n/`, "CONFIG", "GET", "*"),
		ask(":0\r\n", "SLOWLOG", "LEN"),
		ask("*0\r\n", "SLOWLOG", "GET", "1"),
		ask("*0\r\n", "LATENCY", "LATEST"),
	}},
	{"RedisInsight", []asked{
		ask("+OK\r\n", "SET", "k", "v"),
		ask(`/# Keyspace\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n/`, "INFO"),
		ask("/^\\*1\r\n\\*10\r\n\\$3\r\nget\r\n:2\r\n\\*2\r\n\\+readonly\r\n\\+fast\r\n:1\r\n:1\r\n:1\r\n/", "COMMAND", "INFO", "get"),
		ask("*2\r\n$9\r\ndatabases\r\n$1\r\n1\r\n", "CONFIG", "GET", "databases"),
		ask("/^\\$\\d+\r\nid=\\d+ addr=/", "CLIENT", "LIST"),
		ask(":1\r\n", "DBSIZE"),
		ask("*2\r\n$1\r\n0\r\n*1\r\n$1\r\nk\r\n", "SCAN", "0", "COUNT", "10000"),
		ask("+string\r\n", "TYPE", "k"),
		ask("/^:[1-9]\\d+\r\n$/", "MEMORY", "USAGE", "k", "SAMPLES", "0"),
		ask("*0\r\n", "MODULE", "LIST"),
		ask("-ERR unknown subcommand 'LOAD'. Try MODULE HELP.\r\n", "MODULE", "LOAD", "x"),
	}},
	{"redis-cli and benchmarks", []asked{
		ask("/^\\*2\r\n\\$3\r\nget\r\n\\*6\r\n\\$7\r\nsummary\r\n/", "COMMAND", "DOCS", "get"),
		ask("/^\\*\\d{3}\r\n\\$3\r\nget\r\n/", "COMMAND", "DOCS"),
		ask("*2\r\n$4\r\nsave\r\n$0\r\n\r\n", "CONFIG", "GET", "save"),
		ask("*2\r\n$10\r\nappendonly\r\n$2\r\nno\r\n", "CONFIG", "GET", "appendonly"),
		ask("*2\r\n$1\r\na\r\n$1\r\nb\r\n", "COMMAND", "GETKEYS", "MGET", "a", "b"),
		ask("*1\r\n$1\r\nk\r\n", "COMMAND", "GETKEYS", "OBJECT", "ENCODING", "k"),
		ask("*1\r\n$1\r\nk\r\n", "COMMAND", "GETKEYS", "MEMORY", "USAGE", "k"),
		ask("-ERR The command has no key arguments\r\n", "COMMAND", "GETKEYS", "PING", "x"),
		ask("-ERR Invalid command specified\r\n", "COMMAND", "GETKEYS", "nosuch", "x"),
	}},
	{"missing commands", []asked{
		ask("-ERR unknown command 'LPUSH', with args beginning with: 'l' 'x' \r\n", "LPUSH", "l", "x"),
		ask("-ERR unknown command 'EVALSHA', with args beginning with: 'abc' '0' \r\n", "EVALSHA", "abc", "0"),
		ask("-ERR unknown command 'SUBSCRIBE', with args beginning with: 'c' \r\n", "SUBSCRIBE", "c"),
		ask("-ERR unknown command 'a b', with args beginning with: 'c  d' \r\n", "a b", "c\r\nd"),
	}},
}

// TestHandshakes sends each handshake on its own connection.
func TestHandshakes(t *testing.T) {
	for _, h := range handshakes {
		t.Run(h.client, func(t *testing.T) {
			c := dialecttest.Connect(t, lru.Options{})
			defer c.Close()
			c.Node.SlowLog().SetSlowerThan(int64(time.Hour)) // a slow machine must not fill the slow log
			for _, a := range h.asked {
				got := c.Do(a.request...)
				want, ok := strings.CutPrefix(a.reply, "/")
				if pattern, isPattern := strings.CutSuffix(want, "/"); ok && isPattern {
					if !regexp.MustCompile(pattern).MatchString(got) {
						t.Errorf("%q is answered %.2000q, want %s", a.request, got, pattern)
					}
				} else if got != a.reply {
					t.Errorf("%q is answered %.500q, want %q", a.request, got, a.reply)
				}
			}
		})
	}
}
