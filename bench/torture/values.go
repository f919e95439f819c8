//go:build linux

package main

import (
	"fmt"

	"github.com/cachegopher/cachegopher/bench/workload"
)

// valueMaker makes and checks values that carry key, version and a checksum. A value that matches no key is wrong,
// whoever wrote it.
type valueMaker struct{ *workload.Values }

// valueSeed is the same in all processes of a run, so that each can check what another wrote.
const valueSeed = 20
const versions = 1 << 18 // after which they begin again

func newValues() *valueMaker { return &valueMaker{workload.NewValues(valueSeed)} }

// keyName is the key with number n, which its values carry.
func keyName(n uint64) string { return fmt.Sprintf("torture:%07d", n) }

func (v *valueMaker) make(key uint64, version uint32, size int) string {
	return string(v.Append(nil, key, version%versions, max(size, 16)))
}

// newer reports whether version a is b or later.
func newer(a, b uint32) bool { return (a-b)%versions < versions/2 }
