// Command cachegopher-bench loads caches, measures and compares them. See docs/bench.md.
package main

import (
	"os"

	"github.com/cachegopher/cachegopher/bench/command"
	"github.com/cachegopher/cachegopher/bench/sut"
)

// Set by the linker.
var version, commit = "unknown", "unknown"

func main() {
	os.Exit(command.Main(os.Args[1:], sut.Builtin(), version, commit))
}
