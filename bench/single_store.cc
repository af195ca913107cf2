#include "single_store.h"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <rocksdb/db.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "examples/kv/hybrid_clock.h"
#include "examples/kv/rocks_storage.h"
#include "kv.grpc.pb.h"
#include "measure.h"

namespace concord::bench {
namespace {

// The threads that wait for RocksDB are gRPC's own, and the group commit is RocksDB's.
class SingleStore final : public kv::wire::Kv::Service {
 public:
  explicit SingleStore(const std::string& folder) {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = kv::RocksStorage::kBufferBytes;
    rocksdb::DB* db = nullptr;
    const rocksdb::Status opened = rocksdb::DB::Open(options, folder, &db);
    if (!opened.ok()) Fail(absl::StrCat(folder, ": ", opened.ToString()));
    db_.reset(db);
  }

  grpc::Status Put(grpc::ServerContext*, const kv::wire::PutRequest* request,
                   kv::wire::PutResponse* response) override {
    const std::uint64_t time = Now();
    std::string record(reinterpret_cast<const char*>(&time), sizeof time);
    record += request->value();
    rocksdb::WriteOptions durable;
    durable.sync = true;
    response->mutable_version()->set_time(time);
    return ToGrpc(db_->Put(durable, request->key(), record));
  }
  grpc::Status Get(grpc::ServerContext*, const kv::wire::GetRequest* request,
                   kv::wire::GetResponse* response) override {
    std::uint64_t time = 0;
    std::string record;
    const rocksdb::Status got = db_->Get(rocksdb::ReadOptions(), request->key(), &record);
    if (!got.ok()) return ToGrpc(got);
    std::memcpy(&time, record.data(), sizeof time);
    response->set_value(record.substr(sizeof time));
    response->mutable_version()->set_time(time);
    return grpc::Status::OK;
  }

 private:
  std::uint64_t Now() {
    const std::lock_guard lock(mutex_);
    return clock_.Next(absl::Now());
  }
  static grpc::Status ToGrpc(const rocksdb::Status& status) {
    if (status.ok()) return grpc::Status::OK;
    return {status.IsNotFound() ? grpc::StatusCode::NOT_FOUND : grpc::StatusCode::UNAVAILABLE,
            status.ToString()};
  }

  std::mutex mutex_;
  kv::HybridClock clock_;
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace

void RunSingleStore(Wire& wire) {
  SingleStore store(wire.Receive());
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&store);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);  // as a node of concord
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::NUM_CQS, 1);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server) Fail("the single store does not start");
  wire.Send(absl::StrCat("127.0.0.1:", port));
  std::string nothing;
  wire.ReceiveUntilEnd(nothing);
}

}  // namespace concord::bench
