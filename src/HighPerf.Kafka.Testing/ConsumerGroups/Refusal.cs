namespace HighPerf.Kafka.Testing.ConsumerGroups;

/// <summary>Why a heartbeat is not taken: the error and the sentence for people.</summary>
internal sealed record Refusal(ErrorCode Error, string Message);
