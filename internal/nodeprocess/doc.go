// Package nodeprocess runs nodes as processes of their own. It is for tests and examples of packages that
// must not import the server, because their modules would then require what the server requires, and for
// tests that need a replicated group.
package nodeprocess
