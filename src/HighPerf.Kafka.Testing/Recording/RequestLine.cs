using System.Globalization;

namespace HighPerf.Kafka.Testing.Recording;

/// <summary>A request in one line for people: time, connection, client, what it asks of which partitions, sizes, and what became of it.</summary>
internal static class RequestLine
{
    private const int ShownPartitions = 4;

    public static string Of(RecordedRequest request)
    {
        string time = request.Time.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        string line = $"{time} #{request.Connection} {request.ClientId ?? "-"} > {request.Broker} {request.ApiKey} v{request.Version}";
        string what = What(request);
        line += what.Length == 0 ? "" : " " + what;
        line += $" {request.RequestBody.Length}B";
        return line + Ending(request);
    }

    private static string What(RecordedRequest request)
    {
        IReadOnlyList<RecordedPartition> partitions = request.Partitions;
        IReadOnlyList<string> names = partitions.Count > 0 ? [.. partitions.Select(partition => partition.ToString())] : request.Topics;
        return names.Count <= ShownPartitions
            ? string.Join(' ', names)
            : $"{string.Join(' ', names.Take(ShownPartitions))} and {names.Count - ShownPartitions} more";
    }

    private static string Ending(RecordedRequest request)
    {
        if (request.Outcome == RequestOutcome.Pending)
        {
            return "";
        }

        string took = request.EndTime is { } end ? FormattableString.Invariant($" {(end - request.Time).TotalMilliseconds:0.###}ms") : "";
        return request.Outcome switch
        {
            RequestOutcome.Answered => $" < {request.ResponseBody.Length}B{took}{Errors(request)}",
            RequestOutcome.Closed => $" < closed{took}{(request.Reason is null ? "" : ": " + request.Reason)}",
            _ => $" < {request.Outcome.ToString().ToLowerInvariant()}{took}",
        };
    }

    private static string Errors(RecordedRequest request)
    {
        if (request.Error == ErrorCode.None)
        {
            return "";
        }

        string[] wrong = [.. request.AnsweredPartitions.Where(partition => partition.Error != ErrorCode.None).Select(partition => partition.ToString())];
        return wrong.Length == 0 ? $" {request.Error}" : " " + string.Join(' ', wrong.Take(ShownPartitions));
    }
}
