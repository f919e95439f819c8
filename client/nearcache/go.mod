module github.com/cachegopher/cachegopher/client/nearcache

go 1.26.0

require github.com/maypok86/otter/v2 v2.4.0

replace github.com/cachegopher/cachegopher => ../..
