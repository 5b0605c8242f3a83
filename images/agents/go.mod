module svclab/images/agents

go 1.22.0
