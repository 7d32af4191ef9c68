using System.Text;
using System.Text.Json;

namespace HighPerf.Kafka.Protocol.Tests.Wire;

/// <summary>What a run of hpk left.</summary>
internal sealed record HpkResult(int ExitCode, byte[] OutputBytes, string Error)
{
    public string Output { get; } = Encoding.UTF8.GetString(OutputBytes);

    /// <summary>The lines of the output, each a JSON value.</summary>
    public List<JsonElement> Lines()
    {
        List<JsonElement> lines = [];
        foreach (string line in Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            lines.Add(document.RootElement.Clone());
        }

        return lines;
    }
}
