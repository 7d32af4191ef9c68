namespace HighPerf.Kafka.Runtime.Tests;

internal static class ValueTaskExtensions
{
    /// <summary>Takes the outcome of a wait that is complete; throws when it is not.</summary>
    public static T Take<T>(this ValueTask<T> wait) => wait.GetAwaiter().GetResult();

    /// <summary>Takes the outcome of a wait that is complete; throws when it is not.</summary>
    public static void Take(this ValueTask wait) => wait.GetAwaiter().GetResult();
}
