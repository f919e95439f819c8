//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// upgradeAttacks replace programs of nodes.
func upgradeAttacks() []attack {
	return []attack{
		{family: "groups", name: "nodes replaced by a build of another protocol version, and back", full: 12, quick: 0, group: true, line: away,
			prepare: func(f *field) (err error) {
				f.next, err = f.program.nextVersion(f)
				return err
			}, run: upgrades},
	}
}

// nextVersion builds the node from the same source with another version of the replication stream.
func (p programs) nextVersion(f *field) (path string, err error) {
	const file, now, next = "replica/frame.go", "const Version = 1\n", "const Version = 2\n"
	path = p.binary(f.raced) + "-next"
	text, err := os.ReadFile(filepath.Join(p.repository, file))
	if err != nil {
		return "", err
	}
	changed := strings.Replace(string(text), now, next, 1)
	if changed == string(text) {
		return "", fmt.Errorf("%s: there is no %q", file, now)
	}
	if err := os.WriteFile(path+".go", []byte(changed), 0o600); err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(p.repository, file): path + ".go"}})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(path+".json", overlay, 0o600); err != nil {
		return "", err
	}
	return path, p.buildNode(f.ctx, path, f.raced, "-overlay", path+".json")
}

// upgrades replaces one node after the other, secondaries first as docs/operations.md says or in any other order, until
// all are of the other version, and then back again. While versions differ, streams are refused; at the end all nodes
// have the same version.
func upgrades(f *field) error {
	nodes := f.group.nodes
	f.count = (f.count + len(nodes)*2 - 1) / (len(nodes) * 2) * len(nodes) * 2 // whole rounds, there and back
	order := []int{1, 2, 0}
	return f.each(1, func(i int, r *rand.Rand) error {
		step := i % len(nodes)
		if i >= 2*len(nodes) && step == 0 {
			order = r.Perm(len(nodes))
		}
		n := nodes[order[step]]
		if n.instead = f.next; i/len(nodes)%2 == 1 {
			n.instead = ""
		}
		if err := n.stop(); err != nil {
			return err
		}
		if err := n.start(); err != nil {
			return err
		}
		return sleep(f.ctx, time.Duration(500+r.IntN(1500))*time.Millisecond)
	})
}
