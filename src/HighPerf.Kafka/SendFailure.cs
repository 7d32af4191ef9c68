namespace HighPerf.Kafka;

/// <summary>One record of many that could not be sent.</summary>
/// <param name="Index">Its place among the records of the call, from 0.</param>
/// <param name="Error">Why, as the send of a single record would have thrown it.</param>
public readonly record struct SendFailure(int Index, Exception Error);
