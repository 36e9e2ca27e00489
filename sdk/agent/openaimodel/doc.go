// Package openaimodel asks OpenAI's models, and those of every server that speaks one of its two APIs: [New] speaks chat
// completions, [NewResponses] the Responses API. It is a thin layer over the official SDK, whose retries and options stay
// as they are.
//
//	model := openaimodel.New("gpt-4o")                                                      // OPENAI_API_KEY
//	local := openaimodel.New("qwen3", openaimodel.WithBaseURL("http://localhost:11434/v1"),
//		openaimodel.WithProvider("ollama"))
//
// Importing it makes [agent.ModelByName] know "openai:" and "openai-chat:" (chat completions) and "openai-responses:".
package openaimodel
