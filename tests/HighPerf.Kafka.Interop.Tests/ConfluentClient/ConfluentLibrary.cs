using System.Reflection;
using System.Runtime.InteropServices;
using HighPerf.Kafka.Interop.Tests.Peers;

namespace HighPerf.Kafka.Interop.Tests.ConfluentClient;

/// <summary>
/// Confluent.Kafka on the librdkafka that the tests have, in place of the one that its own package would bring. Its own loader
/// (<c>Library.Load</c>) wants a file of a certain name and place; the resolver of the runtime does not ask.
/// </summary>
internal static class ConfluentLibrary
{
    private const string Needed = "2.15.1";

    private static readonly Lazy<bool> _isThere = new(Connect);

    public static void Require() => PeerPolicy.Require(_isThere.Value, $"librdkafka {Needed} for Confluent.Kafka");

    private static bool Connect()
    {
        // An older library of the system's lacks functions that this Confluent.Kafka calls.
        if (!Librdkafka.IsThere || LibrdkafkaMockCluster.Version != Needed)
        {
            return false;
        }

        NativeLibrary.SetDllImportResolver(typeof(Confluent.Kafka.Library).Assembly, Resolve);
        return true;
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) => name.Contains("librdkafka") ? Librdkafka.Handle : 0;
}
