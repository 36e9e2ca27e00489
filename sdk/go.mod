module github.com/hearth-dev/hearth/sdk

go 1.26

require github.com/google/go-cmp v0.7.0
