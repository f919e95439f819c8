// Command cachegopher-cli talks to the nodes of a CacheGopher cache: one command
// from its arguments, the lines of a pipe, or a prompt.
//
// It exits with 0 when done, 1 when a key was not found, 2 on wrong usage or a
// refusal, and 3 when a node that was needed did not answer.
package main

import (
	"fmt"
	"os"
	"runtime"

	"github.com/cachegopher/cachegopher/cli"
)

// Set by the linker; see the Makefile.
var (
	version = "unknown"
	commit  = "unknown"
)

func main() {
	line := fmt.Sprintf("cachegopher-cli %s, commit %s, %s %s/%s", version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	os.Exit(cli.Run(os.Args[1:], cli.IO{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Version: line}))
}
