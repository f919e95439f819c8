//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/cachegopher/cachegopher/bench/sut"
)

// faults looks for races and panics in the node's output.
func (n *node) faults() error {
	text, err := os.ReadFile(n.logPath())
	if err != nil {
		return err
	}
	for _, sign := range []string{"DATA RACE", "panic", "fatal error", "checkptr"} {
		if at := bytes.Index(text, []byte(sign)); at >= 0 {
			return fmt.Errorf("the node wrote %q: %.1500s", sign, text[max(0, at-200):])
		}
	}
	return nil
}

// logLines counts the lines that the node wrote.
func (n *node) logLines() int {
	text, _ := os.ReadFile(n.logPath())
	return bytes.Count(text, []byte("\n"))
}

// metrics reads /metrics; the keys are names with labels, as written there.
func (n *node) metrics(ctx context.Context) (map[string]float64, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.admin+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	req.Close = true // so that no connection stays and is counted
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // read below
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	all := map[string]float64{}
	for line := range strings.Lines(string(body)) {
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || line[0] == '#' {
			continue
		}
		if v, err := strconv.ParseFloat(strings.TrimSpace(line[at+1:]), 64); err == nil {
			all[line[:at]] = v
		}
	}
	return all, nil
}

// resetPeak makes the kernel forget the node's memory peak.
func (n *node) resetPeak() {
	os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", n.pid()), []byte("5"), 0) //nolint:errcheck // peak is then since the start
}

// peak is the most memory since resetPeak, in bytes.
func (n *node) peak() int64 { return n.memoryField("VmHWM") }

// resident is the memory now, in bytes.
func (n *node) resident() int64 { return n.memoryField("VmRSS") }

func (n *node) memoryField(name string) int64 {
	v, _ := sut.Memory(n.pid(), name) // 0 of a process that has ended
	return v
}
