// Package googlemodel asks Google's Gemini models, by the Gemini API or by Vertex AI. It is a thin layer over the official
// SDK.
//
//	model := googlemodel.New("gemini-2.5-flash")                                                 // GOOGLE_API_KEY or GEMINI_API_KEY
//	cloud := googlemodel.New("gemini-2.5-flash", googlemodel.WithVertex("my-project", "europe-west1"))
//
// Importing it makes [agent.ModelByName] know "google:" and "google-gla:" (the Gemini API) and "google-cloud:" and
// "google-vertex:" (Vertex AI, with GOOGLE_CLOUD_PROJECT and GOOGLE_CLOUD_LOCATION).
package googlemodel
