// A cluster client, redisc on redigo, that obeys its standard input; testdata/node/cluster.js describes requests and replies.
// Arguments: the client's name, and the port of a node. It is compiled with Debian's packages in GOPATH.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/mna/redisc"
)

type request struct {
	Op   string
	Keys []string
}

type reply struct {
	Values []string `json:"values"`
	Error  string   `json:"error,omitempty"`
}

func main() {
	replicas := strings.Contains(os.Args[1], "replicas")
	cluster := &redisc.Cluster{
		StartupNodes: []string{"127.0.0.1:" + os.Args[2]},
		CreatePool: func(address string, options ...redis.DialOption) (*redis.Pool, error) {
			return &redis.Pool{MaxIdle: 5, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", address, options...) }}, nil
		},
	}
	if err := cluster.Refresh(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	in, out := bufio.NewScanner(os.Stdin), json.NewEncoder(os.Stdout)
	in.Buffer(nil, 16<<20)
	for in.Scan() {
		var r request
		if err := json.Unmarshal(in.Bytes(), &r); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		_ = out.Encode(perform(cluster, replicas && r.Op == "get", r))
	}
}

// perform sends one command at a time: only such follow redirections.
func perform(cluster *redisc.Cluster, replicas bool, r request) (answer reply) {
	for _, key := range r.Keys {
		value, err := single(cluster, replicas, r.Op, key)
		if err != nil {
			return reply{Error: err.Error()}
		}
		answer.Values = append(answer.Values, value)
	}
	return answer
}

func single(cluster *redisc.Cluster, replicas bool, op, key string) (string, error) {
	conn := cluster.Get()
	defer conn.Close()
	if replicas {
		if err := redisc.ReadOnlyConn(conn); err != nil {
			return "", err
		}
	}
	retry, err := redisc.RetryConn(conn, 3, 100*time.Millisecond) // as its documentation has it
	if err != nil {
		return "", err
	}
	if op == "set" {
		return redis.String(retry.Do("SET", key, key))
	}
	value, err := redis.String(retry.Do("GET", key))
	if err == redis.ErrNil {
		err = nil
	}
	return value, err
}
