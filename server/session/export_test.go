package session

// AllCommands are those of every package, which the tests of this one cannot import: another file of the test sets them.
var AllCommands []Command
