module github.com/cachegopher/cachegopher/client/nearcache

go 1.26.0

require (
	github.com/cachegopher/cachegopher v0.0.0-00010101000000-000000000000
	github.com/maypok86/otter/v2 v2.4.0
)

require (
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	golang.org/x/sys v0.50.0 // indirect
)

replace github.com/cachegopher/cachegopher => ../..
