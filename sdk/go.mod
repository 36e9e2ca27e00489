module github.com/hearth-dev/hearth/sdk

go 1.26
