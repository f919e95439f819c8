package main

import (
	"fmt"
	"runtime"
)

// Set by the linker; see the Makefile.
var (
	version = "unknown"
	commit  = "unknown"
)

// versionLine returns the output of --version.
func versionLine() string {
	return fmt.Sprintf("cachegopher %s, commit %s, %s %s/%s", version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
