namespace HighPerf.Kafka.Producing;

/// <summary>An awaited record of a batch: whom to tell, and which record it was.</summary>
internal readonly record struct BatchWaiter(SendCompletion Completion, long Generation, int Index, long Timestamp);
