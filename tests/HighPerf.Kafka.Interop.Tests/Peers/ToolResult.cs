using System.Text;

namespace HighPerf.Kafka.Interop.Tests.Peers;

/// <summary>What a program that ended left behind.</summary>
internal sealed record ToolResult(string CommandLine, int ExitCode, byte[] Output, string Error)
{
    public string Text => Encoding.UTF8.GetString(Output);

    public ToolResult AssertSucceeded()
    {
        Assert.True(ExitCode == 0, $"{CommandLine}\nended with exit code {ExitCode}\n{Error}\n{(Output.Length < 4096 ? Text : "")}");
        return this;
    }
}
