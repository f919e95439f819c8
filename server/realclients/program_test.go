package realclients

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"testing"
)

// program is a client in another language: a process that obeys requests on its standard input, one at a time.
// testdata/node/cluster.js describes them.
type program struct {
	mu     sync.Mutex // held from a request to its reply
	in     io.WriteCloser
	out    *bufio.Reader
	errors bytes.Buffer // what it wrote to standard error; read when it has ended
	cmd    *exec.Cmd
}

// request is a line to a program, and reply the line with which it answers. A missing key's value is empty.
type request struct {
	Op   string   `json:"op"`
	Keys []string `json:"keys"`
}

type reply struct {
	Values []string `json:"values"`
	Error  string   `json:"error"`
}

// programClient starts a program that ends with the test.
func programClient(t *testing.T, name string, cmd *exec.Cmd) clusterClient {
	t.Helper()
	p := &program{cmd: cmd}
	cmd.Stderr = &p.errors
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	p.in, p.out = in, bufio.NewReader(out)
	t.Cleanup(func() {
		_ = p.in.Close()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s wrote %.600s", name, p.errors.String())
		}
	})
	set := func(ctx context.Context, keys []string) error {
		_, err := p.do(ctx, request{"set", keys})
		return err
	}
	get := func(ctx context.Context, keys []string) ([]string, error) {
		values, err := p.do(ctx, request{"get", keys})
		if err == nil && len(values) != len(keys) {
			err = fmt.Errorf("%d values for %d keys", len(values), len(keys))
		}
		return values, err
	}
	return clusterClient{name: name, set: set, get: get}
}

// do has the program perform a request. It kills the program when ctx ends first.
func (p *program) do(ctx context.Context, r request) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer context.AfterFunc(ctx, func() { _ = p.cmd.Process.Kill() })()
	line, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return nil, fmt.Errorf("the program has ended: %w", err)
	}
	line, err = p.out.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("the program has ended: %w", errors.Join(err, ctx.Err()))
	}
	var answer reply
	if err := json.Unmarshal(line, &answer); err != nil {
		return nil, fmt.Errorf("%w: %.300s", err, line)
	}
	if answer.Error != "" {
		return nil, errors.New(answer.Error)
	}
	return answer.Values, nil
}
