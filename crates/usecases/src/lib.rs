//! Application services: each driving port of the domain as one component, one use case a file.

mod audit;
mod catalogue;
mod identity;
mod inventory;
mod messaging;
mod ordering;
mod payments;
mod retry;

pub use audit::{VerifyAuditLogUseCase, VerifyAuditLogUseCaseParameters};
pub use catalogue::{
    CreateCategoryUseCase, CreateCategoryUseCaseParameters, CreateProductUseCase,
    CreateProductUseCaseParameters, DeleteCategoryUseCase, DeleteCategoryUseCaseParameters,
    DeleteProductUseCase, DeleteProductUseCaseParameters, EditCategoryUseCase,
    EditCategoryUseCaseParameters, EditProductUseCase, EditProductUseCaseParameters,
};
pub use identity::{
    AcceptPasswordUseCase, AcceptPasswordUseCaseParameters, AuthenticateUseCase,
    AuthenticateUseCaseParameters, ChangePasswordUseCase, ChangePasswordUseCaseParameters,
    CleanUpSessionsUseCase, CleanUpSessionsUseCaseParameters, CountingLoginGuard,
    CountingLoginGuardParameters, CreateApiKeyUseCase, CreateApiKeyUseCaseParameters,
    CreateUserUseCase, CreateUserUseCaseParameters, EditUserUseCase, EditUserUseCaseParameters,
    EraseUserUseCase, EraseUserUseCaseParameters, ExportPersonUseCase,
    ExportPersonUseCaseParameters, LogInUseCase, LogInUseCaseParameters, LogOutUseCase,
    LogOutUseCaseParameters, RefreshSessionUseCase, RefreshSessionUseCaseParameters,
    RegisterUserUseCase, RegisterUserUseCaseParameters, RevokeApiKeyUseCase,
    RevokeApiKeyUseCaseParameters, RevokeSessionsUseCase, RevokeSessionsUseCaseParameters,
    SendWelcome, SendWelcomeParameters, StepUpUseCase, StepUpUseCaseParameters,
    UnblockLoginUseCase, UnblockLoginUseCaseParameters,
};
pub use inventory::{SetStockUseCase, SetStockUseCaseParameters};
pub use messaging::{DeliverMailsUseCase, DeliverMailsUseCaseParameters};
pub use ordering::{
    CancelOrderUseCase, CancelOrderUseCaseParameters, ExpireOrdersUseCase,
    ExpireOrdersUseCaseParameters, FulfilOrderUseCase, FulfilOrderUseCaseParameters,
    PlaceOrderUseCase, PlaceOrderUseCaseParameters, SendOrderConfirmation,
    SendOrderConfirmationParameters,
};
pub use payments::{
    CreatePaymentUseCase, CreatePaymentUseCaseParameters, ExecuteRefundUseCase,
    ExecuteRefundUseCaseParameters, ExecuteScheduledRefund, ExecuteScheduledRefundParameters,
    ReceiveWebhookUseCase, ReceiveWebhookUseCaseParameters, RefundOrderUseCase,
    RefundOrderUseCaseParameters,
};

/// Every reaction of this crate, for a bus that has to know its queues before it connects.
pub fn subscribers() -> Vec<domain::shared::bus::Subscriber> {
    vec![
        identity::on_user_registered::SUBSCRIBER,
        ordering::on_order_paid::SUBSCRIBER,
        payments::on_refund_scheduled::SUBSCRIBER,
    ]
}
