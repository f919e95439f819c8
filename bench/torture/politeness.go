//go:build linux

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/cachegopher/cachegopher/internal/nodeprocess"
)

// polite is a process of well-behaved clients, separate so that the load of the attacks on this process does not show in
// their latencies.
type polite struct {
	process *nodeprocess.Process
	in      io.WriteCloser
	out     *bufio.Reader
}

func startPolite(program programs, plan politePlan) (*polite, error) {
	command := exec.Command(program.self, "polite")
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p := &polite{in: in, out: bufio.NewReader(out)}
	if p.process, err = program.launch(command); err != nil {
		return nil, fmt.Errorf("start well-behaved clients: %w", err)
	}
	return p, json.NewEncoder(p.in).Encode(plan)
}

// take returns what the clients saw since the last call.
func (p *polite) take() (s seen, err error) {
	if p == nil {
		return s, nil
	}
	if _, err := io.WriteString(p.in, "take\n"); err != nil {
		return s, fmt.Errorf("well-behaved clients: %w", err)
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return s, fmt.Errorf("well-behaved clients: %w", err)
	}
	return s, json.Unmarshal(line, &s)
}

// working waits until so many requests were done that all clients have their connections.
func (p *polite) working(ctx context.Context, clients int) error {
	done := int64(0)
	return nodeprocess.Await(ctx, 30*time.Second, often, func() error {
		s, err := p.take()
		if done += s.Requests; err == nil && done < int64(20*clients) {
			err = fmt.Errorf("well-behaved clients have done %d requests", done)
		}
		return err
	})
}

func (p *polite) stop() {
	if p == nil {
		return
	}
	p.in.Close() //nolint:errcheck // ends it
	p.process.Kill()
}
